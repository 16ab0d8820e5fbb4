import type { Command } from 'commander'
import { formatBytes } from '../config/units.ts'
import type { CliContext } from './context.ts'
import { Interruption } from './interruption.ts'
import { artifactRemarks } from './outcome-text.ts'
import { saveArtifacts } from './save-artifacts.ts'
import { addServerOption, clientOf, type ServerOptions } from './server-option.ts'
import { writeTable } from './table.ts'
import { write } from './write.ts'

interface ArtifactsOptions extends ServerOptions {
  readonly out?: string
  readonly json?: boolean
}

const examples = `
Examples:
  run-it artifacts 01JD0000000000000000000000            which files it made
  run-it artifacts 01JD0000000000000000000000 --out DIR  writes them into the folder

Files that are in the folder already are replaced; links in it are not followed. In a pipe the columns are separated by tabs,
sizes are in bytes, and there is no heading.`

export function addArtifactsCommand(program: Command, context: CliContext): void {
  const command = program
    .command('artifacts')
    .description('Lists the files that a run made and kept, or writes them into a folder.')
    .argument('<id>', 'the id of the run')
    .option('-o, --out <folder>', 'write them into this folder')
    .option('--json', 'print JSON')
  addServerOption(command)
    .addHelpText('after', examples)
    .action(async (id: string, options: ArtifactsOptions) => artifacts(id, options, context))
}

async function artifacts(id: string, options: ArtifactsOptions, context: CliContext): Promise<void> {
  using interruption = new Interruption(context)
  const { signal } = interruption
  const client = clientOf(options, context)
  const run = await client.runs.get(id, { signal })
  const list = run.artifacts ?? []
  if (options.json) await write(context.stdout, `${JSON.stringify(list, null, 2)}\n`)
  else if (options.out === undefined) {
    const isForPeople = context.stdout.isTTY === true
    await writeTable(context.stdout, {
      columns: ['path', 'size', 'type'],
      rows: list.map(({ path, bytes, mediaType }) => [
        path,
        isForPeople ? formatBytes(bytes) : String(bytes),
        mediaType,
      ]),
    })
  }
  for (const remark of artifactRemarks(run)) await write(context.stderr, `run-it: ${remark}\n`)
  if (options.out === undefined) return
  await saveArtifacts(client, run, { out: options.out, spared: new Set(), context, signal })
}
