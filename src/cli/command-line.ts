import { Command } from 'commander'
import { commands } from './commands.ts'
import type { CliContext } from './context.ts'
import { reportError } from './report-error.ts'

const examples = `
Examples:
  run-it run hello.py              run a program; its output and exit code become this command's
  run-it run main.go -- --verbose  pass arguments to the program
  run-it serve                     start the HTTP API on http://127.0.0.1:8080
  run-it doctor                    check this machine

Each command has a help text of its own: run-it run --help`

/** Runs one command, and answers what the process should exit with. It does not throw. */
export async function runCommandLine(context: CliContext): Promise<number> {
  // Write errors reach whoever writes through the write's own callback; unhandled events would end the process first.
  context.stdout.on('error', () => {})
  context.stderr.on('error', () => {})
  try {
    const program = await buildProgram(context)
    await program.parseAsync([...context.argv], { from: 'user' })
    return context.exitCode
  } catch (error) {
    return reportError(error, context)
  }
}

async function buildProgram(context: CliContext): Promise<Command> {
  const program = new Command('run-it')
    .description('Runs code in containers: one program from the command line, or many through an HTTP API.')
    .version(context.version)
    .exitOverride()
    .configureOutput({
      writeOut: text => void context.stdout.write(text),
      writeErr: text => void context.stderr.write(text),
      outputError: (text, write) => write(`run-it: ${text.replace(/^error: /, '')}`),
    })
    .showHelpAfterError('Try `run-it --help`.')
    .addHelpText('after', examples)
  const { argv } = context
  const called = argv[0] === 'help' ? argv[1] : argv[0]
  for (const { name, summary, load } of commands) {
    if (name === called) {
      const addCommand = await load()
      addCommand(program, context)
    } else program.command(name)
    program.commands.at(-1)?.summary(summary)
  }
  return program
}
