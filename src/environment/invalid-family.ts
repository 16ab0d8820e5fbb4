/** An environment folder that cannot be used. The message says where, as compilers do: `file:line: what is wrong`. */
export class InvalidFamily extends Error {
  override readonly name = 'InvalidFamily'

  constructor(where: string, what: string, options?: { readonly cause?: unknown }) {
    super(`${where}: ${what}`, options)
  }
}
