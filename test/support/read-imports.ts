/** What a TypeScript source imports, in order: static imports, re-exports, and `import()` of a constant. */
export function readImports(source: string): readonly string[] {
  const pattern = /^(?:import|export)\s[^'"]*?\bfrom\s+'([^']+)'|^import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/gm
  return [...source.matchAll(pattern)].map(match => match[1] ?? match[2] ?? match[3] ?? '')
}
