import { execFile } from 'node:child_process'
import { cp, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** A certificate authority, and what it signs: each a folder with `ca.pem`, `cert.pem` and `key.pem`, as Docker names them. */
export class TlsAuthority {
  readonly #folder: string

  private constructor(folder: string) {
    this.#folder = folder
  }

  static async make(folder: string): Promise<TlsAuthority> {
    const authority = new TlsAuthority(folder)
    await mkdir(folder, { recursive: true })
    const subject = [
      '-subj',
      '/CN=an authority of the tests',
      '-days',
      '2',
      '-nodes',
      '-out',
      'ca.pem',
      '-keyout',
      'ca-key.pem',
    ]
    await authority.#openssl('req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', ...subject)
    return authority
  }

  /** `names` are those of a server, as `IP:127.0.0.1` or `DNS:engine`; without any it is for a client. */
  async sign(folder: string, names: readonly string[] = []): Promise<string> {
    await mkdir(folder, { recursive: true })
    const file = (name: string) => join(folder, name)
    const usage = names.length === 0 ? 'clientAuth' : 'serverAuth'
    const alternatives = names.length === 0 ? '' : `subjectAltName=${names.join(',')}\n`
    await writeFile(file('extensions'), `extendedKeyUsage=${usage}\n${alternatives}`)
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key.pem')]
    await this.#openssl('req', ...key, '-subj', '/CN=run-it', '-out', file('request'))
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca-key.pem', '-CAcreateserial', '-days', '2', '-out', file('cert.pem')]
    await this.#openssl('x509', '-req', '-in', file('request'), '-extfile', file('extensions'), ...signed)
    await cp(join(this.#folder, 'ca.pem'), file('ca.pem'))
    return folder
  }

  async #openssl(...args: readonly string[]): Promise<void> {
    await run('openssl', args, { cwd: this.#folder })
  }
}
