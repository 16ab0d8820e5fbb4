/** Where the page of the API is. */
export const apiPage = new URL('../../docs/api.md', import.meta.url)

/** A WebSocket, for which curl is of no use. */
export const withoutCurl: readonly string[] = ['GET /v1/runs/{id}/terminal']

/** The page's blocks of shell that send something, in order. */
export function curlBlocks(page: string): readonly string[] {
  const blocks = [...page.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block)
  return blocks.filter(block => curlLines(block).length > 0)
}

/** The commands of a block, each with its continued lines; also those whose answer becomes a variable. */
export function curlLines(block: string): readonly string[] {
  const command = /^(?:[A-Z_]+=\$\()?curl /
  return block
    .replaceAll('\\\n', ' ')
    .split(/^(?=(?:[A-Z_]+=\$\()?curl )/m)
    .filter(line => command.test(line))
}
