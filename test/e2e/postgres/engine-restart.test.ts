import '../../support/on-postgres.ts'
import '../engine-restart.test.ts'
