import '../../support/on-postgres.ts'
import '../live-output.test.ts'
