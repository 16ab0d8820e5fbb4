import type { Command } from 'commander'
import type { CliContext } from './context.ts'

type AddCommand = (program: Command, context: CliContext) => void

/** All commands, in the order of the help text. A command's file is loaded only when it is called: that keeps the others quick. */
export const commands: readonly {
  readonly name: string
  readonly summary: string
  load(): Promise<AddCommand>
}[] = [
  {
    name: 'run',
    summary: 'Run a program in a container and exit as it does',
    load: async () => (await import('./run.ts')).addRunCommand,
  },
  {
    name: 'serve',
    summary: 'Start the HTTP API and its worker',
    load: async () => (await import('./serve.ts')).addServeCommand,
  },
  {
    name: 'env',
    summary: 'Show environments, fetch their images, and prove them',
    load: async () => (await import('./env.ts')).addEnvCommand,
  },
  { name: 'list', summary: 'List the runs of a server', load: async () => (await import('./list.ts')).addListCommand },
  { name: 'show', summary: 'Show one run', load: async () => (await import('./show.ts')).addShowCommand },
  {
    name: 'attach',
    summary: 'Talk to a run while it runs, or watch it',
    load: async () => (await import('./attach.ts')).addAttachCommand,
  },
  { name: 'logs', summary: "Print a run's output", load: async () => (await import('./logs.ts')).addLogsCommand },
  {
    name: 'rerun',
    summary: 'Run the same again, on the same image',
    load: async () => (await import('./rerun.ts')).addRerunCommand,
  },
  {
    name: 'artifacts',
    summary: 'List or fetch the files that a run made',
    load: async () => (await import('./artifacts.ts')).addArtifactsCommand,
  },
  { name: 'cancel', summary: 'Cancel a run', load: async () => (await import('./cancel.ts')).addCancelCommand },
  {
    name: 'keys',
    summary: 'Make, list and revoke API keys',
    load: async () => (await import('./keys.ts')).addKeysCommand,
  },
  {
    name: 'doctor',
    summary: 'Check this machine, and say what to do',
    load: async () => (await import('./doctor.ts')).addDoctorCommand,
  },
]
