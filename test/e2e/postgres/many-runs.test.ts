import '../../support/on-postgres.ts'
import '../many-runs.test.ts'
