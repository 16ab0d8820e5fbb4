import { type Command, Option } from 'commander'
import { formatValue } from '../config/check-value.ts'
import type { Definition } from '../config/definition.ts'

/** Adds a flag for every setting, in its group. What a flag's value may be is checked where all sources are. */
export function addSettingOptions(command: Command, definitions: readonly Definition[]): void {
  for (const definition of definitions) {
    const { flag, type, group, valueName } = definition
    if (flag === undefined) continue
    const text = `${plain(definition.description)} (default: ${defaultText(definition)})`
    if (type !== 'boolean') {
      const option = new Option(`${flag} <${valueName}>`, text).helpGroup(`${group}:`)
      if (definition.isRepeatable) option.argParser(join)
      command.addOption(option)
      continue
    }
    const negated = flag.replace(/^--/, '--no-')
    // The help text shows the one that changes something; both work.
    const isOnByDefault = definition.default === true
    command.addOption(new Option(flag, text).helpGroup(`${group}:`).hideHelp(isOnByDefault))
    command.addOption(
      new Option(negated, `The opposite of ${flag}: ${text}`).helpGroup(`${group}:`).hideHelp(!isOnByDefault),
    )
  }
}

function join(value: string, before: string | undefined): string {
  return before === undefined ? value : `${before},${value}`
}

function defaultText(definition: Definition): string {
  if (definition.default === undefined) return plain(definition.defaultText ?? 'none')
  return formatValue(definition, definition.default)
}

/** Descriptions are written for the docs page; on a terminal, code marks are noise. */
function plain(markdown: string): string {
  return markdown.replaceAll('`', '')
}
