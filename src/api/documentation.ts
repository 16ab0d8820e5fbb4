import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { BatchSubmissionSchema } from './schema/batch.ts'
import { KeySubmissionSchema } from './schema/key.ts'
import { SubmissionSchema } from './schema/submission.ts'

/** The page needs its own scripts and styles, and the API. Plain HTTP stays so: a server on loopback has nothing else. */
const pagePolicy = [
  "default-src 'self'",
  "img-src 'self' data:",
  "style-src 'self' 'unsafe-inline'",
  "object-src 'none'",
  "base-uri 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** The bar at the top is for choosing another API's document. */
const pageStyle = '.swagger-ui .topbar { display: none }'

/** `/openapi.json` from the routes' own schemas, and `/docs` to read it. To be called before any route is added. */
export async function documentApi(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'run-it',
        version,
        description: 'Runs code in containers. Every error is a problem of `application/problem+json`, RFC 9457.',
      },
      components: {
        securitySchemes: {
          key: {
            type: 'http',
            scheme: 'bearer',
            description: 'An API key. None is needed until the first one is made.',
          },
        },
      },
      security: [{ key: [] }],
      tags: [
        { name: 'runs', description: 'Programs to run, and what became of them.' },
        { name: 'batches', description: 'Many runs at once.' },
        { name: 'environments', description: 'What programs can run in.' },
        { name: 'installation', description: 'Who runs them.' },
        { name: 'keys', description: 'Who may call.' },
        { name: 'health', description: 'For load balancers and people on call.' },
      ],
    },
    // OpenAPI knows no parameter that takes the rest of an address; this is how such ones are written all the same.
    transform: ({ schema, url }) => ({ schema, url: url.replace(/\*$/, ':path') }),
    refResolver: {
      buildLocalReference: (json, _baseUri, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `Unnamed${index}`,
    },
  })
  app.addSchema(SubmissionSchema)
  app.addSchema(BatchSubmissionSchema)
  app.addSchema(KeySubmissionSchema)
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    staticCSP: pagePolicy,
    theme: { title: 'run-it: the API', css: [{ filename: 'run-it.css', content: pageStyle }] },
    // Its default sends the document's address to a service on the internet.
    uiConfig: { validatorUrl: null },
  })
  app.get('/openapi.json', { schema: { hide: true } }, async () => app.swagger())
}
