import type { Run } from '../run/run.ts'

/** More output than this is fetched by those who want it. */
const maxOutputBytes = 256 * 1024
const maxPayloadBytes = 1024 * 1024

/** How a run stands in JSON: the API's own way, so that there is one. */
export interface RunRendering {
  /** Without what the run wrote. */
  plain(run: Run): object
  withOutput(run: Run): Promise<object>
}

/** The body of a delivery. It is the same at every attempt, for a finished run does not change. */
export async function webhookPayload(run: Run, rendering: RunRendering): Promise<string> {
  const outputBytes = run.stages.reduce((sum, stage) => sum + stage.stdout.bytes + stage.stderr.bytes, 0)
  const whole = outputBytes <= maxOutputBytes ? envelope(run, await rendering.withOutput(run)) : ''
  const fits = whole !== '' && Buffer.byteLength(whole) <= maxPayloadBytes
  return fits ? whole : envelope(run, rendering.plain(run))
}

function envelope(run: Run, data: object): string {
  return JSON.stringify({ type: 'run.finished', timestamp: run.finishedAt?.toISOString(), data })
}
