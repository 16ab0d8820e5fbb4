import assert from 'node:assert/strict'
import { test } from 'node:test'
import { assertProblem } from '../../../test/support/assert-answer.ts'
import { exampleKeys } from '../../../test/support/example-key.ts'
import { listeningApi, refusal, TerminalClient } from '../../../test/support/terminal-client.ts'
import { waitFor } from '../../../test/support/wait-for.ts'

const body = { environment: 'python', source: 'input()', interactive: true }

test('a key opens the terminals of its own runs, by its header or by a subprotocol that is not said back', async context => {
  const house = await listeningApi(context)
  const { alice, bob } = await exampleKeys(house.keys)
  const reply = await house.app.inject({ method: 'POST', url: '/v1/runs', body, headers: alice.headers })
  const { id } = reply.json()
  const path = `/v1/runs/${id}/terminal`
  assertProblem(await refusal(house, path), 401, 'unauthorized')
  assertProblem(await refusal(house, path, bob.headers), 404, 'run-not-found')
  const byHeader = new TerminalClient(house, id, '', { headers: alice.headers })
  await byHeader.role('writer')
  const byProtocol = new TerminalClient(house, id, '', { protocols: ['run-it', `run-it.key.${alice.secret}`] })
  await byProtocol.role('watcher')
  assert.equal(byProtocol.socket.protocol, 'run-it')
  await house.keys.revoke(alice.key.id, new Date())
  await waitFor('both to be closed', () => byHeader.code !== undefined && byProtocol.code !== undefined)
  assert.deepEqual([byHeader.code, byProtocol.code], [1008, 1008])
})

test('a key that may only read may only watch', async context => {
  const house = await listeningApi(context)
  const { admin } = await exampleKeys(house.keys)
  const reader = await house.app.inject({
    method: 'POST',
    url: '/v1/keys',
    headers: admin.headers,
    body: { name: 'reader', scopes: ['read'] },
  })
  const { secret } = reader.json()
  const { id: keyId } = reader.json()
  const run = await house.app.inject({ method: 'POST', url: '/v1/runs', body, headers: admin.headers })
  const { id } = run.json()
  await house.database.rows.updateTable('runs').set({ key_id: keyId }).where('id', '=', id).execute()
  const client = new TerminalClient(house, id, '', { headers: { authorization: `Bearer ${secret}` } })
  await client.role('watcher')
  client.say({ type: 'end' })
  const error = await client.hears('a refusal', message => message.type === 'error')
  assert.equal(error.code, 'not-writer')
})
