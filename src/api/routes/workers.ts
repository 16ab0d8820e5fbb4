import type { FastifyInstance } from 'fastify'
import { Problem } from '../../run/problem.ts'
import { aliveWorkers } from '../../store/worker-store.ts'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { PlatformInfoSchema, type PlatformJson, type WorkerJson, WorkerListSchema } from '../schema/worker.ts'
import { platformJson, workerJson } from '../worker-json.ts'

/** What the workers say of themselves, and of the platform that they run programs on. */
export function workers(app: FastifyInstance, context: RouteContext): void {
  app.get(
    '/v1/workers',
    {
      // Names of machines are no business of those who only run programs there.
      config: { scope: 'admin' },
      schema: {
        operationId: 'listWorkers',
        tags: ['installation'],
        summary: 'The workers that are alive',
        response: { 200: jsonAnswer('The workers.', WorkerListSchema), ...problemAnswers() },
      },
    },
    async (): Promise<{ workers: WorkerJson[] }> => ({
      workers: (await aliveWorkers(context.workers)).map(workerJson),
    }),
  )

  app.get(
    '/v1/platform',
    {
      schema: {
        operationId: 'getPlatform',
        tags: ['installation'],
        summary: 'The engine that runs containers',
        response: { 200: jsonAnswer('The platform.', PlatformInfoSchema), ...problemAnswers('not-ready') },
      },
    },
    async (): Promise<PlatformJson> => {
      const alive = await aliveWorkers(context.workers)
      const platform = alive.find(worker => worker.platform !== undefined)?.platform
      if (platform === undefined) {
        const why = alive.find(worker => worker.platformError !== undefined)?.platformError
        throw new Problem('not-ready', why ?? 'No worker has told of its platform yet.')
      }
      return platformJson(platform)
    },
  )
}
