import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const root = fileURLToPath(new URL('../../', import.meta.url))
const run = promisify(execFile)

/** The published form of the TypeScript client, in this folder. */
export async function buildSdk(folder: string): Promise<void> {
  await run(process.execPath, [join(root, 'scripts/build-sdk.ts'), folder])
}

/** The blocks of code of one language in the client's README. */
export function readmeExamples(readme: string, language: 'js' | 'html'): readonly string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```/gms)].flatMap(([, found, code = '']) =>
    found === language ? [code] : [],
  )
}
