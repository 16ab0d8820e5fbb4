import type { FastifyInstance } from 'fastify'
import { Type } from 'typebox'
import { Problem } from '../../run/problem.ts'
import type { UsedImage } from '../../store/image-store.ts'
import { aliveWorkers, type WorkerRow } from '../../store/worker-store.ts'
import { allowanceOf } from '../allowance.ts'
import { jsonAnswer, problemAnswers } from '../answers.ts'
import type { RouteContext } from '../api-parts.ts'
import { type Caller, seesAll } from '../caller.ts'
import { environmentJson } from '../environment-json.ts'
import { EnvironmentInfoSchema, type EnvironmentJson, EnvironmentListSchema } from '../schema/environment.ts'

const ParamsSchema = Type.Object({ name: Type.String({ description: 'The name of the family, or an alias.' }) })

/** When others ran something is no business of those who see their own runs alone. */
async function usesFor(caller: Caller, { images }: Pick<RouteContext, 'images'>): Promise<readonly UsedImage[]> {
  return seesAll(caller) ? await images.list() : []
}

export function environments(app: FastifyInstance, context: RouteContext): void {
  app.get(
    '/v1/environments',
    {
      schema: {
        operationId: 'listEnvironments',
        tags: ['environments'],
        summary: 'What programs can run in',
        response: { 200: jsonAnswer('All environments.', EnvironmentListSchema), ...problemAnswers() },
      },
    },
    async (request): Promise<{ environments: EnvironmentJson[] }> => {
      const workers: readonly WorkerRow[] = await aliveWorkers(context.workers)
      const { catalogue, settings } = allowanceOf(request.caller, context)
      const images = await usesFor(request.caller, context)
      const known = { catalogue, workers, images, ceilings: settings.ceilings }
      return { environments: catalogue.families().map(family => environmentJson(family, known)) }
    },
  )

  app.get<{ Params: { readonly name: string } }>(
    '/v1/environments/:name',
    {
      schema: {
        operationId: 'getEnvironment',
        tags: ['environments'],
        summary: 'One environment',
        params: ParamsSchema,
        response: {
          200: jsonAnswer('The environment.', EnvironmentInfoSchema),
          ...problemAnswers('environment-not-found'),
        },
      },
    },
    async (request): Promise<EnvironmentJson> => {
      const { name } = request.params
      const { catalogue, settings } = allowanceOf(request.caller, context)
      const family = catalogue.find(name)
      if (family === undefined) {
        const known = catalogue.families().map(({ name }) => name)
        throw new Problem(
          'environment-not-found',
          `There is no environment ${JSON.stringify(name.slice(0, 60))}. There are ${known.join(', ')}.`,
        )
      }
      const workers = await aliveWorkers(context.workers)
      const images = await usesFor(request.caller, context)
      return environmentJson(family, { catalogue, workers, images, ceilings: settings.ceilings })
    },
  )
}
