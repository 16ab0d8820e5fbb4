import '../../support/on-postgres.ts'
import '../tests-recovery.test.ts'
