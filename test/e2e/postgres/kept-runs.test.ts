import '../../support/on-postgres.ts'
import '../kept-runs.test.ts'
