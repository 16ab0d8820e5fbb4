import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const pieceBytes = 1024 * 1024

/** A filesystem of its own in memory, which a test can fill. Needs root. */
export class SmallDisk implements Disposable {
  readonly folder: string
  readonly #ballast: string

  constructor(bytes: number) {
    this.folder = mkdtempSync(join(tmpdir(), 'run-it-disk-'))
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=0700`, 'run-it-test', this.folder])
    this.#ballast = join(this.folder, 'ballast')
  }

  get freeBytes(): number {
    const { bavail, bsize } = statfsSync(this.folder)
    return bavail * bsize
  }

  /** Until so much is left; nothing at all by default. */
  fill(leaveBytes = 0): void {
    const file = openSync(this.#ballast, 'a')
    try {
      while (this.freeBytes > leaveBytes) {
        writeSync(file, new Uint8Array(Math.min(pieceBytes, Math.max(1, this.freeBytes - leaveBytes))))
      }
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOSPC')) throw error
    } finally {
      closeSync(file)
    }
  }

  empty(): void {
    rmSync(this.#ballast, { force: true })
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['--lazy', this.folder])
    rmSync(this.folder, { recursive: true, force: true })
  }
}
