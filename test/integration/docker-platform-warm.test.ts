import { platformContract } from '../contract/platform.ts'
import { dockerUnderTest } from '../support/docker-under-test.ts'

const MiB = 1024 * 1024

platformContract('docker, warm,', () => dockerUnderTest({ budgetBytes: 256 * MiB, pins: [] }))
