const byteUnits: Readonly<Record<string, number>> = {
  '': 1,
  b: 1,
  k: 1024,
  kb: 1000,
  kib: 1024,
  m: 1024 ** 2,
  mb: 1000 ** 2,
  mib: 1024 ** 2,
  g: 1024 ** 3,
  gb: 1000 ** 3,
  gib: 1024 ** 3,
  t: 1024 ** 4,
  tb: 1000 ** 4,
  tib: 1024 ** 4,
}

const timeUnits: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `256MiB`, `1g`, `500 kB` or plain bytes. Undefined when it is none of them. One letter means a power of 1024, as in Docker. */
export function parseBytes(text: string): number | undefined {
  return parseQuantity(text, byteUnits, '')
}

/** `10s`, `500ms`, `1.5m`, `1h`; a plain number is in `plainUnit`. Undefined when it is none of them. */
export function parseMs(text: string, plainUnit: 'ms' | 's' = 'ms'): number | undefined {
  return parseQuantity(text, timeUnits, plainUnit)
}

function parseQuantity(text: string, units: Readonly<Record<string, number>>, plainUnit: string): number | undefined {
  const match = /^(\d{1,16}(?:\.\d{1,9})?)\s*([a-z]{0,3})$/i.exec(text.trim())
  const factor = units[match?.[2]?.toLowerCase() || plainUnit]
  if (!match || factor === undefined) return undefined
  const value = Math.round(Number(match[1]) * factor)
  return Number.isSafeInteger(value) ? value : undefined
}

export function formatBytes(bytes: number): string {
  for (const [name, size] of [
    ['GiB', 1024 ** 3],
    ['MiB', 1024 ** 2],
    ['KiB', 1024],
  ] as const) {
    if (bytes >= size) return `${trim(bytes / size)} ${name}`
  }
  return bytes === 1 ? '1 byte' : `${bytes} bytes`
}

export function formatMs(ms: number): string {
  if (ms >= 3_600_000 && ms % 3_600_000 === 0) return `${ms / 3_600_000} h`
  if (ms >= 60_000 && ms % 60_000 === 0) return `${ms / 60_000} min`
  return ms >= 1000 ? `${trim(ms / 1000)} s` : `${ms} ms`
}

function trim(value: number): string {
  return Number(value.toFixed(value < 10 ? 2 : 1)).toString()
}
