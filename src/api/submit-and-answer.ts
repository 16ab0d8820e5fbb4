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
import { pollMs } from './wait-until.ts'

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
  const reached =
    waitSeconds === undefined
      ? await context.lifecycle.submit(run, once)
      : await submitAndWait(context, { run, once }, waitSeconds * 1000, reply)
  tellWhere(reached, reply)
  if (waitSeconds !== undefined) reply.header('preference-applied', `wait=${waitSeconds}`)
  return waitSeconds !== undefined && reached.state === 'finished'
    ? reply.code(200).send(await runJsonWithOutput(reached, context.events))
    : reply.code(202).send({ ...runJson(reached), ...(await context.fleet.remarkOn(reached)) })
}

function tellWhere({ id }: Pick<Run, 'id'>, reply: FastifyReply): void {
  reply.header('location', `/v1/runs/${id}`)
}

async function submitAndWait(
  context: RouteContext,
  { run, once }: Accepted,
  waitMs: number,
  reply: FastifyReply,
): Promise<Run> {
  const deadline = performance.now() + waitMs
  // From before it is stored: until it is told of, its end need not be looked for.
  using wake = new Wake(context.hints, `finished:${run.id}`)
  const accepted = await context.lifecycle.submit(run, once, { isAwaited: true })
  // Whatever comes of the wait.
  tellWhere(accepted, reply)
  const signal = context.openRequests.signalOf(reply)
  const firstMs = Math.min(pollMs, Math.max(0, deadline - performance.now()))
  const isHinted = accepted.id === run.id && (await wake.next(firstMs, signal))
  const found = isHinted ? await context.runs.find(run.id) : undefined
  if (found?.state === 'finished') return found
  return (await waitForRun(context, accepted.id, deadline - performance.now(), signal)) ?? accepted
}
