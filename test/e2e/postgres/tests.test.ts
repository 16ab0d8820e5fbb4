import '../../support/on-postgres.ts'
import '../tests.test.ts'
