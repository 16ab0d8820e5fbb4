import '../../support/on-postgres.ts'
import '../metrics.test.ts'
