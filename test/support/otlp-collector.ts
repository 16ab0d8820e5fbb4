import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'

export interface OtlpSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
  readonly name: string
  readonly kind: number
  readonly startTimeUnixNano: string
  readonly endTimeUnixNano: string
  readonly attributes: readonly { readonly key: string; readonly value: object }[]
  readonly status: { readonly code?: number }
}

interface OtlpBody {
  readonly resourceSpans?: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[]
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly { readonly name: string }[] }[]
  }[]
}

/** A collector on loopback, which takes OTLP over HTTP as JSON, and keeps what it is sent. */
export class OtlpCollector implements AsyncDisposable {
  readonly spans: OtlpSpan[] = []
  readonly metricNames = new Set<string>()
  readonly #server = createServer((request, response) => {
    void this.#take(request).then(
      () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'),
      () => response.writeHead(400).end(),
    )
  })

  static async start(): Promise<OtlpCollector> {
    const collector = new OtlpCollector()
    collector.#server.listen(0, '127.0.0.1')
    await once(collector.#server, 'listening')
    return collector
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#server, 'close')
    this.#server.close()
    this.#server.closeAllConnections()
    await closed
  }

  async #take(request: IncomingMessage): Promise<void> {
    if (request.headers['content-type'] !== 'application/json') throw new TypeError('it is no JSON')
    const body = (await json(request)) as OtlpBody
    for (const { scopeSpans } of body.resourceSpans ?? []) this.spans.push(...scopeSpans.flatMap(scope => scope.spans))
    for (const { scopeMetrics } of body.resourceMetrics ?? []) {
      for (const { name } of scopeMetrics.flatMap(scope => scope.metrics)) this.metricNames.add(name)
    }
  }
}

/** The one span with this name, and of this attempt. */
export function span(spans: readonly OtlpSpan[], name: string, attempt?: number): OtlpSpan {
  const found = spans.filter(
    candidate =>
      candidate.name === name && (attempt === undefined || attribute(candidate, 'run_it.attempt') === attempt),
  )
  assert.equal(found.length, 1, `${name}: ${JSON.stringify(spans.map(candidate => candidate.name))}`)
  const [only] = found
  assert.ok(only)
  return only
}

export function attribute({ attributes }: OtlpSpan, key: string): unknown {
  const value = attributes.find(candidate => candidate.key === key)?.value
  return value && Object.values(value)[0]
}
