/** The setting `pools`, taken apart. Its pattern was checked. */
export function parsePools(text: string): readonly string[] {
  return [...new Set(text.split(',').map(name => name.trim()))]
}
