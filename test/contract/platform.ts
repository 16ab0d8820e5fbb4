import { after, before, describe } from 'node:test'
import { artifactTests } from './platform-artifacts.ts'
import { PlatformFixture, type PlatformUnderTest } from './platform-fixture.ts'
import { imageTests } from './platform-images.ts'
import { interactionTests } from './platform-interaction.ts'
import { lifetimeTests } from './platform-lifetime.ts'
import { limitTests } from './platform-limits.ts'
import { snapshotTests } from './platform-snapshots.ts'
import { stageTests } from './platform-stages.ts'

/** Getting an image can mean to build it. */
const prepareDeadlineMs = 15 * 60_000

/**
 * The conformance suite: what `src/platform/platform.ts` promises, tried on one platform. Every platform passes it. The factory is
 * called once; the platform it makes has no sandboxes, and gets none but the suite's.
 */
export function platformContract(name: string, factory: () => Promise<PlatformUnderTest>): void {
  describe(`the ${name} platform`, () => {
    let fixture: PlatformFixture | undefined
    const get = () => {
      if (!fixture) throw new Error('the platform did not start')
      return fixture
    }
    before(
      async () => {
        fixture = new PlatformFixture(await factory())
        await fixture.image('hello')
      },
      { timeout: prepareDeadlineMs },
    )
    after(async () => {
      await fixture?.under.dispose()
    })
    imageTests(get)
    stageTests(get)
    interactionTests(get)
    limitTests(get)
    snapshotTests(get)
    artifactTests(get)
    lifetimeTests(get)
  })
}
