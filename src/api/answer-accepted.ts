import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Run } from '../run/run.ts'
import { jsonAnswer } from './answers.ts'
import type { RouteContext } from './api-parts.ts'
import { preferredWaitSeconds } from './prefer.ts'
import { runJson, runJsonWithOutput } from './run-json.ts'
import { RunSchema } from './schema/run.ts'
import { waitForRun } from './wait-for-run.ts'

const location = { Location: { type: 'string', description: 'The address of the run.' } }

export const acceptedAnswers = {
  200: jsonAnswer('The finished run, when it was waited for.', RunSchema, location),
  202: jsonAnswer('The run is stored and waits for a worker.', RunSchema, location),
}

/** Tells where a run that was just stored is, and what became of it where the client wants to wait for that. */
export async function answerAccepted(
  context: RouteContext,
  accepted: Run,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  reply.header('location', `/v1/runs/${accepted.id}`)
  const waitSeconds = preferredWaitSeconds(request.headers.prefer)
  if (waitSeconds === undefined) {
    return reply.code(202).send({ ...runJson(accepted), ...(await context.fleet.remarkOn(accepted)) })
  }
  const signal = context.openRequests.signalOf(reply)
  const run = (await waitForRun(context, accepted.id, waitSeconds * 1000, signal)) ?? accepted
  reply.header('preference-applied', `wait=${waitSeconds}`)
  return run.state === 'finished'
    ? reply.code(200).send(await runJsonWithOutput(run, context.events))
    : reply.code(202).send({ ...runJson(run), ...(await context.fleet.remarkOn(run)) })
}
