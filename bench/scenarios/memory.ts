import { setTimeout as pause } from 'node:timers/promises'
import { helloOutput, prepareHellos } from '../hello.ts'
import { parentProcess, proportionalMemoryBytes, residentMemoryBytes } from '../measure/machine.ts'
import { summarize } from '../measure/summary.ts'
import type { Findings, Row, Scenario, ScenarioContext } from '../scenario.ts'
import { BenchServer } from '../server.ts'
import { usualMode } from '../warm-modes.ts'

/** What was needed for the start is given back by then. */
const restMs = 5_000

export const memory: Scenario = {
  name: 'memory',
  title: 'Memory',
  method:
    'A server that has run one program of each environment and then nothing for some seconds: its resident memory. The memory of a warm slot is that of ' +
    'the processes in its container and of the engine’s process that holds it (proportional set size, so what they share is counted once).',
  deadlineMs: 3 * 60_000,
  run,
}

async function run(context: ScenarioContext): Promise<Findings> {
  const { signal, temporaryFolder, engine } = context
  const hellos = await prepareHellos(temporaryFolder, signal)
  await using server = await BenchServer.start({ temporaryFolder, signal })
  const fresh = residentMemoryBytes(server.processId)
  for (const { environment, source } of hellos) {
    context.say(environment)
    await server.connection.timeRun({ environment, source }, helloOutput, signal)
  }
  await pause(restMs, undefined, { signal })
  const idle = residentMemoryBytes(server.processId)
  const rows: Row[] = []
  if (fresh !== undefined) rows.push({ what: 'server, just started', unit: 'MB', value: fresh / 1e6 })
  if (idle !== undefined) rows.push({ what: 'server, idle after some runs', unit: 'MB', value: idle / 1e6 })
  if (usualMode().name === 'cold') return { rows, ratios: [], targets: [], notes: ['There are no warm slots.'] }
  const slots = await warmSlots(engine)
  for (const [image, samples] of Map.groupBy(slots, slot => slot.image)) {
    const name = hellos.find(hello => hello.image === image)?.environment ?? image
    rows.push({ what: `warm slot, ${name}`, unit: 'MB', summary: summarize(samples.map(({ bytes }) => bytes / 1e6)) })
  }
  return { rows, ratios: [], targets: [], notes: slots.length === 0 ? ['No warm slot was found.'] : [] }
}

/** Of all servers on this machine: there should be no other one. */
async function warmSlots(
  engine: ScenarioContext['engine'],
): Promise<readonly { readonly image: string; readonly bytes: number }[]> {
  const found: { readonly image: string; readonly bytes: number }[] = []
  for (const { Id } of await engine.listContainers({ filters: { label: ['run-it.installation'] } })) {
    const { Image, State } = await engine.getContainer(Id).inspect()
    const { Processes }: { readonly Processes: readonly (readonly string[])[] } = await engine
      .getContainer(Id)
      .top({ ps_args: '-eo pid' })
    const holder = parentProcess(State.Pid)
    const processes = [...Processes.map(([id]) => Number(id)), ...(holder === undefined ? [] : [holder])]
    const bytes = processes.reduce((sum, id) => sum + (proportionalMemoryBytes(id) ?? 0), 0)
    found.push({ image: Image, bytes })
  }
  return found
}
