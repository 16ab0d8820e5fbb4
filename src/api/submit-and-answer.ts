import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Run } from '../run/run.ts'
import type { OnceRequest } from '../store/idempotency.ts'
import type { NewRun } from '../store/run-store.ts'
import { Wake } from '../store/wake.ts'
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

/** A run, and whether its request is one that may be sent again. */
export interface Accepted {
  readonly run: NewRun
  readonly once: OnceRequest | undefined
}

/** Stores a run and tells where it is, and what became of it where the client wants to wait for that. */
export async function submitAndAnswer(
  context: RouteContext,
  { run, once }: Accepted,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const waitSeconds = preferredWaitSeconds(request.headers.prefer)
  // From before it is stored.
  using wake = waitSeconds === undefined ? undefined : new Wake(context.hints, `finished:${run.id}`)
  const deadline = performance.now() + (waitSeconds ?? 0) * 1000
  const accepted = await context.lifecycle.submit(run, once, { isAwaited: wake !== undefined })
  // Whatever comes of the wait.
  reply.header('location', `/v1/runs/${accepted.id}`)
  if (wake === undefined) return await answerUnfinished(context, accepted, reply)
  const wait = { waitMs: deadline - performance.now(), signal: context.openRequests.signalOf(reply) }
  // What a request before this one made may be over already.
  const isNew = accepted.id === run.id
  const reached = (await waitForRun(context, accepted.id, isNew ? { ...wait, wake } : wait)) ?? accepted
  reply.header('preference-applied', `wait=${waitSeconds}`)
  return reached.state === 'finished'
    ? reply.code(200).send(await runJsonWithOutput(reached, context.events))
    : await answerUnfinished(context, reached, reply)
}

async function answerUnfinished(context: RouteContext, run: Run, reply: FastifyReply): Promise<FastifyReply> {
  return reply.code(202).send({ ...runJson(run), ...(await context.fleet.remarkOn(run)) })
}
