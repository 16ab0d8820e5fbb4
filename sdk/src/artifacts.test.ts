import assert from 'node:assert/strict'
import { it } from 'node:test'
import { RunItClient, RunItError } from './client.ts'

const bytes = Uint8Array.of(0x89, 0x50, 0, 255)

function clientOf(answer: (request: Request) => Response): RunItClient {
  return new RunItClient({ fetch: async (input, init) => answer(new Request(input, init)) })
}

it('an artifact is asked for by its path, whatever stands in it, and comes as bytes', async () => {
  const client = clientOf(request => {
    assert.equal(new URL(request.url).pathname, '/v1/runs/R1/artifacts/out/a%20b%3F%23%25.p%C3%B6g')
    return new Response(bytes, { headers: { 'content-type': 'image/png' } })
  })
  assert.deepEqual(await client.runs.artifact('R1', 'out/a b?#%.pög'), bytes)
})

it('an artifact can be streamed, and an empty one too', async () => {
  const read: Uint8Array[] = []
  const stream = await clientOf(() => new Response(bytes)).runs.artifactStream('R1', 'a')
  for await (const chunk of stream) read.push(chunk)
  assert.deepEqual(Buffer.concat(read), Buffer.from(bytes))
  const empty = await clientOf(() => new Response(null)).runs.artifactStream('R1', 'a')
  for await (const _ of empty) assert.fail('a chunk')
})

it('an artifact that is not there is an error with its problem', async () => {
  const problem = { type: '', title: 'No', status: 404, detail: 'None.', code: 'artifact-not-found' }
  const client = clientOf(() => Response.json(problem, { status: 404 }))
  for (const ask of [client.runs.artifact('R1', 'a'), client.runs.artifactStream('R1', 'a')]) {
    await assert.rejects(ask, error => error instanceof RunItError && error.problem.code === 'artifact-not-found')
  }
})
