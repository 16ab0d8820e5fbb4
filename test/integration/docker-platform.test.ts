import { platformContract } from '../contract/platform.ts'
import { dockerUnderTest } from '../support/docker-under-test.ts'

platformContract('docker', () => dockerUnderTest())
