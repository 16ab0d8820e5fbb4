import type { Family } from '../environment/environment.ts'
import { newRunId } from '../run/id.ts'
import { Problem, type ProblemError } from '../run/problem.ts'
import type { NewRun } from '../store/run-store.ts'
import { acceptArtifacts } from './accept-artifacts.ts'
import { acceptCommands } from './accept-commands.ts'
import { acceptFiles, checkFilesFit } from './accept-files.ts'
import { acceptInteraction } from './accept-interaction.ts'
import { acceptLimits } from './accept-limits.ts'
import { acceptArchitecture, acceptPool } from './accept-route.ts'
import { acceptTests } from './accept-tests.ts'
import { argumentFaults, bytesFaults, bytesOf, textFaults } from './accept-texts.ts'
import { acceptWebhook } from './accept-webhook.ts'
import type { Allowance } from './allowance.ts'
import type { ApiParts, ApiSettings } from './api-parts.ts'
import { refuseIfAny } from './refuse.ts'
import type { Submission } from './schema/submission.ts'

const maxLabelValueCharacters = 255
const variableName = /^[A-Za-z_][A-Za-z0-9_]*$/
const labelName = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,62}$/

/**
 * Turns a body that has the right shape into a run with every default filled in, or throws the first problem of: the
 * environment, the files, the commands, the limits, the network, the webhook, the tests.
 */
export function acceptRun(submission: Submission, parts: Allowance, createdAt: Date): NewRun {
  checkTexts(submission)
  const family = familyOf(submission.environment, parts)
  const { files, main } = acceptFiles(submission, family, parts.settings.maxFiles)
  const commands = acceptCommands(submission, family)
  const { limits, compileLimits } = acceptLimits(submission, family, parts.settings.ceilings)
  const interaction = acceptInteraction(submission)
  checkFilesFit(files, limits.diskBytes)
  const network = submission.network ?? false
  refuseNetwork(network, parts.settings)
  const webhook = acceptWebhook(submission.webhook, parts.settings.webhooks)
  const { args = [], env = {}, stdin = '' } = submission
  const pool = acceptPool(submission.pool, parts)
  const program = { files, main, args, stdin: bytesOf(stdin), env, limits, compileLimits }
  const tests = acceptTests(submission, program, { settings: parts.settings, familyOf: name => familyOf(name, parts) })
  const checkers = tests?.checkers.map(({ environment }) => familyOf(environment, parts)) ?? []
  const architecture = acceptArchitecture(submission.architecture, [family, ...checkers])
  return {
    id: newRunId(),
    request: {
      environment: submission.environment,
      ...program,
      network,
      ...(commands && { commands }),
      artifacts: acceptArtifacts(submission),
      ...(interaction && { interaction }),
      ...(tests && { tests }),
    },
    family: family.name,
    labels: submission.labels ?? {},
    priority: submission.priority ?? 0,
    pool,
    ...(architecture && { architecture }),
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

/** What a schema cannot say of arguments, variables, labels and stdin. */
function checkTexts(submission: Submission): void {
  const { args = [], env = {}, labels = {} } = submission
  const errors: readonly ProblemError[] = [
    ...argumentFaults('/args', args, env),
    ...Object.entries(env).flatMap(([name, value]) =>
      named(name, variableName)
        ? textFaults(`/env/${name}`, value)
        : [{ pointer: '/env', detail: `has the name ${quoted(name)}; names are of letters, digits and underscores` }],
    ),
    ...labelsFaults(labels),
    ...bytesFaults('/stdin', submission.stdin),
  ]
  refuseIfAny('invalid-request', errors)
}

function named(name: string, pattern: RegExp): boolean {
  return name.length <= 255 && pattern.test(name)
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}…` : name)
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
