/** A release line's fixed version of runc, and what it fixes. Source: runc's own security advisories. */
const runcFixes = [
  { cves: 'CVE-2024-21626', fixed: ['1.1.12'] },
  { cves: 'CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881', fixed: ['1.2.8', '1.3.3'] },
] as const

/**
 * The advisories whose fix came upstream after this version. That is not proof: distributions put fixes into older versions, and
 * only their packages' changelogs tell.
 */
export function runcAdvisories(version: string): readonly string[] {
  const found = numbers(version)
  if (found === undefined) return []
  return runcFixes.filter(({ fixed }) => !isFixed(found, fixed)).map(({ cves }) => cves)
}

/** `1.1.5+ds1-1+deb12u1`: whoever packages like that keeps a changelog. */
export function isDistributionBuild(version: string): boolean {
  return /[+~-](ds|dfsg|deb|\d*ubuntu|el\d|fc\d)/.test(version)
}

type Version = readonly [major: number, minor: number, patch: number, isPrerelease: boolean]

/** Fixed if its own release line has the fix, or if it is newer than every line that got one. */
function isFixed(version: Version, fixes: readonly string[]): boolean {
  const fixed = fixes.map(numbers).filter(fix => fix !== undefined)
  const sameLine = fixed.find(fix => fix[0] === version[0] && fix[1] === version[1])
  if (sameLine !== undefined) return version[2] > sameLine[2] || (version[2] === sameLine[2] && !version[3])
  return fixed.every(fix => version[0] > fix[0] || (version[0] === fix[0] && version[1] > fix[1]))
}

function numbers(version: string): Version | undefined {
  const match = /^v?(\d+)\.(\d+)\.(\d+)(-rc)?/.exec(version)
  return match ? [Number(match[1]), Number(match[2]), Number(match[3]), match[4] !== undefined] : undefined
}
