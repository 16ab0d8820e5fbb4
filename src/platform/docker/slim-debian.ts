import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'

/** Documentation for people, which nobody reads in a sandbox. As in Debian's own slim images, licences stay. */
const documentation = [
  '/usr/share/man',
  '/usr/share/info',
  '/usr/share/groff',
  '/usr/share/lintian',
  '/usr/share/locale',
]

/** What is of no use in an image, as tar's patterns: package lists, downloads, documentation. */
export const leftOut = [
  './var/cache/apt/archives/*.deb',
  './var/cache/apt/*.bin',
  './var/lib/apt/lists/*',
  './var/log/*',
  ...documentation.map(folder => `.${folder}/*`),
  './usr/share/doc/*/changelog*',
  './usr/share/doc/*/NEWS*',
  './usr/share/doc/*/README*',
]

const settings = {
  '/etc/dpkg/dpkg.cfg.d/slim': [
    'path-exclude /usr/share/doc/*',
    'path-include /usr/share/doc/*/copyright',
    ...documentation.map(folder => `path-exclude ${folder}/*`),
  ],
  // The caches are as large as a small language, and each image would have its own.
  '/etc/apt/apt.conf.d/slim': [
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    'DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };',
  ],
} as const satisfies Readonly<Record<string, readonly string[]>>

/** Makes the Debian in this folder install only what programs need, as the published slim image does. */
export async function writeSlimSettings(folder: string): Promise<void> {
  for (const [path, lines] of Object.entries(settings)) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, lines.map(line => `${line}\n`).join(''))
  }
}
