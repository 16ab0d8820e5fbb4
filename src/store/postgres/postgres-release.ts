import { up as initial } from '../migrations/0001-initial.ts'
import { up as artifacts } from '../migrations/0003-artifacts.ts'
import { up as tests } from '../migrations/0004-tests.ts'
import { up as terminals } from '../migrations/0005-terminals.ts'
import { up as keys } from '../migrations/0007-keys.ts'
import { up as idempotency } from '../migrations/0008-idempotency.ts'
import { up as webhooks } from '../migrations/0009-webhooks.ts'
import { up as batches } from '../migrations/0010-batches.ts'
import { up as retention } from '../migrations/0011-retention.ts'
import { up as sharedQueue } from '../migrations/0012-shared-queue.ts'
import { up as operations } from '../migrations/0017-operations.ts'
import { up as images } from '../migrations/0018-images.ts'
import { up as pools } from '../migrations/0019-pools.ts'
import { up as runSizes } from '../migrations/0021-run-sizes.ts'
import { type Release, thisVersion } from '../migrations/release.ts'

const migrations = {
  '0001-initial': { up: initial },
  '0003-artifacts': { up: artifacts },
  '0004-tests': { up: tests },
  '0005-terminals': { up: terminals },
  '0007-keys': { up: keys },
  '0008-idempotency': { up: idempotency },
  '0009-webhooks': { up: webhooks },
  '0010-batches': { up: batches },
  '0011-retention': { up: retention },
  '0012-shared-queue': { up: sharedQueue },
  '0017-operations': { up: operations },
  '0018-images': { up: images },
  '0019-pools': { up: pools },
  '0021-run-sizes': { up: runSizes },
}

/** This version's tables in PostgreSQL. */
export const postgresRelease: Release = { ...thisVersion, migrations }
