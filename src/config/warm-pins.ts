/** The setting `warm`, taken apart: `python=2,javascript@22=1`. Its pattern was checked. */
export function parseWarmPins(text: string): readonly { readonly environment: string; readonly count: number }[] {
  return text
    .split(',')
    .filter(part => part !== '')
    .map(part => {
      const at = part.lastIndexOf('=')
      return { environment: part.slice(0, at), count: Number(part.slice(at + 1)) }
    })
}
