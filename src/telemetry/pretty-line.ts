const levels: Readonly<Record<number, string>> = {
  10: 'trace',
  20: 'debug',
  30: '',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** Says nothing to somebody who reads along on a terminal. */
const hiddenKeys = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'err'])

/** One JSON log line as a short one for people: `12:30:01 warn  queue is full  depth=10000`. What is not JSON stays as it is. */
export function prettyLine(line: string, colors: boolean): string {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line)
  } catch {
    return line
  }
  const paint = (code: number, text: string) => (colors && text ? `\u001b[${code}m${text}\u001b[0m` : text)
  const level = typeof entry.level === 'number' ? entry.level : 30
  const time = new Date(typeof entry.time === 'number' ? entry.time : 0).toLocaleTimeString('en-GB')
  const fields = Object.entries(entry)
    .filter(([key]) => !hiddenKeys.has(key))
    .map(([key, value]) => `${paint(2, `${key}=`)}${formatField(value)}`)
  const name = levels[level] ?? String(level)
  const parts = [paint(2, time), paint(level >= 50 ? 31 : 33, name), clean(String(entry.msg ?? '')), ...fields]
  return `${parts.filter(part => part !== '').join(' ')}${formatError(entry.err, level)}\n`
}

function formatField(value: unknown): string {
  if (typeof value === 'string' && /^[\w.:/@+-]+$/.test(value)) return value
  return clean(JSON.stringify(value) ?? '')
}

/** The stack only where somebody has to mend something. */
function formatError(error: unknown, level: number): string {
  if (typeof error !== 'object' || error === null) return ''
  const { message, stack } = error as { message?: unknown; stack?: unknown }
  return level >= 50 && typeof stack === 'string' ? `\n${stack}` : ` (${clean(String(message))})`
}

/** A client's text must not steer the operator's terminal. */
function clean(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to be replaced
  return text.replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ')
}
