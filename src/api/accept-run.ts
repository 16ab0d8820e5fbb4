import type { Family } from '../environment/environment.ts'
import type { EncodedBytes } from '../run/file.ts'
import { newRunId } from '../run/id.ts'
import { Problem, type ProblemError } from '../run/problem.ts'
import type { NewRun } from '../store/run-store.ts'
import { acceptArtifacts } from './accept-artifacts.ts'
import { acceptFiles, checkFilesFit } from './accept-files.ts'
import { acceptInteraction } from './accept-interaction.ts'
import { acceptLimits } from './accept-limits.ts'
import { acceptWebhook } from './accept-webhook.ts'
import type { Allowance } from './allowance.ts'
import type { ApiParts, ApiSettings } from './api-parts.ts'
import { contentFault } from './content.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

/** Linux gives a program 128 KiB for one argument and a few MiB for all; this is well below both. */
const maxArgumentBytes = 100 * 1024
const maxLabelValueCharacters = 255
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/
const labelName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/

/**
 * Turns a body that has the right shape into a run with every default filled in, or throws the first problem of: the
 * environment, the files, the limits, the network, the webhook.
 */
export function acceptRun(submission: Submission, parts: Allowance, createdAt: Date): NewRun {
  checkTexts(submission)
  const family = familyOf(submission.environment, parts)
  const { files, main } = acceptFiles(submission, family, parts.settings.maxFiles)
  const { limits, compileLimits } = acceptLimits(submission, family, parts.settings.ceilings)
  const interaction = acceptInteraction(submission)
  checkFilesFit(files, limits.diskBytes)
  const network = submission.network ?? false
  refuseNetwork(network, parts.settings)
  const webhook = acceptWebhook(submission.webhook, parts.settings.webhooks)
  return {
    id: newRunId(),
    request: {
      environment: submission.environment,
      files,
      main,
      args: submission.args ?? [],
      stdin: stdinOf(submission),
      env: submission.env ?? {},
      limits,
      compileLimits,
      network,
      artifacts: acceptArtifacts(submission),
      ...(interaction && { interaction }),
    },
    family: family.name,
    labels: submission.labels ?? {},
    priority: submission.priority ?? 0,
    maxAttempts: submission.maxAttempts ?? (interaction ? 1 : 3),
    createdAt,
    owner: parts.owner,
    ...(webhook && { webhook }),
  }
}

export function refuseNetwork(network: boolean, settings: Pick<ApiSettings, 'allowNetwork'>): void {
  if (network && !settings.allowNetwork) {
    throw new Problem('network-not-allowed', 'Programs of this installation, or of this key, have no network.', {
      errors: [{ pointer: '/network', detail: 'must be false, or absent' }],
    })
  }
}

export function familyOf(request: string, { catalogue }: Pick<ApiParts, 'catalogue'>): Family {
  const [environment] = catalogue.resolve(request)
  const family = environment === undefined ? undefined : catalogue.find(environment.name)
  if (family === undefined) {
    throw new Problem('unknown-environment', `There is no environment ${JSON.stringify(request)}.`, {
      errors: [{ pointer: '/environment', detail: 'is unknown' }],
    })
  }
  return family
}

function stdinOf({ stdin }: Submission): EncodedBytes {
  return typeof stdin === 'object' ? stdin : { content: stdin ?? '', encoding: 'utf8' }
}

/** What a schema cannot say of arguments, variables, labels and stdin. */
function checkTexts(submission: Submission): void {
  const { args = [], env = {}, labels = {} } = submission
  const stdinFault = contentFault(stdinOf(submission))
  const errors: readonly ProblemError[] = [
    ...args.flatMap((arg, index) => textFaults(`/args/${index}`, arg)),
    ...Object.entries(env).flatMap(([name, value]) =>
      named(name, variableName)
        ? textFaults(`/env/${name}`, value)
        : [{ pointer: '/env', detail: `has the name ${quoted(name)}; names are of letters, digits and underscores` }],
    ),
    ...labelsFaults(labels),
    ...(stdinFault === undefined ? [] : [{ pointer: '/stdin', detail: stdinFault }]),
    ...sizeFaults(args, env),
  ]
  refuseIfAny('invalid-request', errors)
}

function named(name: string, pattern: RegExp): boolean {
  return name.length <= 255 && pattern.test(name)
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
}

function textFaults(pointer: string, text: string): readonly ProblemError[] {
  if (text.includes('\0')) {
    return [{ pointer, detail: 'must not contain NUL' }]
  }
  return text.isWellFormed() ? [] : [{ pointer, detail: 'must be valid Unicode' }]
}

export function labelsFaults(labels: Readonly<Record<string, string>>): readonly ProblemError[] {
  return Object.entries(labels).flatMap(([name, value]) =>
    named(name, labelName)
      ? labelFaults(name, value)
      : [{ pointer: '/labels', detail: `has the name ${quoted(name)}; names match ${labelName.source}` }],
  )
}

function labelFaults(name: string, value: string): readonly ProblemError[] {
  const pointer = `/labels/${name.replaceAll('/', '~1')}`
  return value.length > maxLabelValueCharacters
    ? [{ pointer, detail: `must have at most ${maxLabelValueCharacters} characters` }]
    : textFaults(pointer, value)
}

function sizeFaults(args: readonly string[], env: Readonly<Record<string, string>>): readonly ProblemError[] {
  const texts = [...args, ...Object.entries(env).map(([name, value]) => `${name}=${value}`)]
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 1, 0)
  return bytes <= maxArgumentBytes
    ? []
    : [{ pointer: '/args', detail: `and env have ${bytes} bytes together; at most ${maxArgumentBytes} are accepted` }]
}
