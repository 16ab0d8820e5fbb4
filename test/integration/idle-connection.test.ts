import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import { exampleApi } from '../support/example-api.ts'

test('a connection that never had a request does not hold up the end', { timeout: 30_000 }, async context => {
  const { app } = await exampleApi(context)
  const { port } = new URL(await app.listen({ host: '127.0.0.1', port: 0 }))
  const socket = connect(Number(port), '127.0.0.1').resume()
  const gone = once(socket, 'close')
  await once(socket, 'connect')
  await app.close()
  await gone
})
