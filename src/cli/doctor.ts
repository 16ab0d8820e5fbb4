import type { Command } from 'commander'
import { loadSettings } from '../config/load-settings.ts'
import type { Settings } from '../config/settings.ts'
import type { Diagnosis } from '../platform/diagnosis.ts'
import type { CliContext } from './context.ts'
import { exitCodes } from './exit-code.ts'
import { diagnoseMachine } from './machine.ts'
import { cleanCell } from './table.ts'
import { write } from './write.ts'

interface DoctorOptions {
  readonly json?: boolean
  readonly config?: string
}

const examples = `
Examples:
  run-it doctor
  run-it doctor --json | jq '.[] | select(.status != "ok")'

It changes nothing and runs no program. It exits with 0 when programs can run, also with warnings, and with 69 when they cannot.`

const marks = { ok: 'ok', warning: 'warning', failed: 'FAILED' } as const satisfies Record<Diagnosis['status'], string>

export function addDoctorCommand(program: Command, context: CliContext): void {
  program
    .command('doctor')
    .description('Checks this machine and its Docker Engine, and says for each trouble what to do.')
    .option('--config <file>', 'settings file (default: $RUN_IT_CONFIG, else run-it.yaml in the current folder)')
    .option('--json', 'print JSON')
    .addHelpText('after', examples)
    .action(async (options: DoctorOptions) => doctor(options, context))
}

async function doctor(options: DoctorOptions, context: CliContext): Promise<void> {
  const settings = loadSettings({
    file: options.config,
    variables: context.variables,
    folder: context.folder,
    usesFolderFile: true,
    isTerminal: context.stderr.isTTY === true,
  })
  const diagnoses = [...(await diagnoseMachine(settings)), ...(await diagnoseApp(settings, context))]
  const text = options.json
    ? `${JSON.stringify(diagnoses, null, 2)}\n`
    : diagnoses.map(describe).join('') + conclude(diagnoses)
  await write(context.stdout, text)
  if (diagnoses.some(diagnosis => diagnosis.status === 'failed')) context.exitCode = exitCodes.unavailable
}

/** A doctor who faints is of no use: what keeps the engine's part from starting is itself a finding. */
async function diagnoseApp(settings: Settings, context: CliContext): Promise<readonly Diagnosis[]> {
  try {
    const { diagnose } = await context.loadApp()
    return await diagnose(settings)
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error)
    return [{ check: 'installation', status: 'failed', detail, remedy: 'Mend what the message names, then try again.' }]
  }
}

function describe({ check, status, detail, remedy }: Diagnosis): string {
  const line = `${marks[status].padEnd(8)} ${check.padEnd(15)} ${cleanCell(detail)}\n`
  return remedy === undefined || status === 'ok' ? line : `${line}${' '.repeat(25)}→ ${cleanCell(remedy)}\n`
}

function conclude(diagnoses: readonly Diagnosis[]): string {
  const failed = diagnoses.filter(diagnosis => diagnosis.status === 'failed').length
  const warnings = diagnoses.filter(diagnosis => diagnosis.status === 'warning').length
  if (failed > 0) return `\nPrograms cannot run, or not safely: ${failed} failed, ${warnings} with a warning.\n`
  return warnings > 0 ? `\nPrograms can run. ${warnings} with a warning.\n` : '\nAll is well.\n'
}
