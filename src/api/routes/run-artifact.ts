import { basename } from 'node:path/posix'
import { Readable } from 'node:stream'
import { create as contentDisposition } from 'content-disposition'
import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../run/problem.ts'
import { ArtifactGone } from '../../store/artifact-store.ts'
import { mediaAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { ownRun } from './own-run.ts'
import { RunParamsSchema, runNotFound } from './run-address.ts'

/** The router calls what its star stands for `*`; the OpenAPI document calls it `path`. */
const ParamsSchema = Type.Interface([RunParamsSchema], {
  path: Type.Optional(Type.String({ description: 'The path of the file, with its slashes.' })),
})

interface ArtifactParams {
  readonly id: string
  readonly '*': string
}

/**
 * What a program made is a stranger's, and may well be a page with scripts in it. It says what it is, for programs; a browser is told to
 * store it, not to look for itself what it could be, and, if it shows it all the same, to give it no origin and no scripts.
 */
const strangersPage = "sandbox; default-src 'none'; frame-ancestors 'none'"

export function runArtifact(app: FastifyInstance, context: RouteContext): void {
  app.get<{ Params: ArtifactParams }>(
    '/v1/runs/:id/artifacts/*',
    {
      schema: {
        operationId: 'getRunArtifact',
        tags: ['runs'],
        summary: 'The bytes of a file that the program made',
        description: "Of a finished run, by a path of its `artifacts`. `Content-Type` is the artifact's `mediaType`.",
        params: ParamsSchema,
        response: {
          200: mediaAnswer('The bytes.', 'application/octet-stream', {}),
          ...problemAnswers('run-not-found', 'run-not-finished', 'artifact-not-found'),
        },
      },
    },
    async (request, reply) => {
      const { id, state } = await ownRun(context, request)
      if (state !== 'finished') {
        throw new Problem('run-not-finished', `The run ${id} is ${state}. Its artifacts come with its end.`)
      }
      const path = request.params['*']
      const artifact = await context.artifacts.find(id, path)
      if (artifact === undefined) {
        throw new Problem('artifact-not-found', `The run has no artifact ${JSON.stringify(path.slice(0, 200))}.`)
      }
      reply.headers({
        'content-type': artifact.mediaType,
        'content-length': String(artifact.bytes),
        'content-disposition': contentDisposition(basename(path)),
        'content-security-policy': strangersPage,
      })
      const pieces = request.method === 'HEAD' ? [] : await begun(context.artifacts.read(id, artifact), id)
      return reply.send(Readable.from(pieces, { highWaterMark: 1 }))
    },
  )
}

/**
 * One piece after the other, as the client takes them; the first is read at once, as long as it can still be said that the run is not
 * there any more. Later than that the answer breaks off.
 */
async function begun(pieces: AsyncGenerator<Uint8Array, void>, id: string): Promise<AsyncIterable<Uint8Array>> {
  const first = await pieces.next().catch(error => {
    throw error instanceof ArtifactGone ? runNotFound(id) : error
  })
  return (async function* () {
    if (first.done) return
    yield first.value
    yield* pieces
  })()
}
