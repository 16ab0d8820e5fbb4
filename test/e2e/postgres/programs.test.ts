import '../../support/on-postgres.ts'
import '../programs.test.ts'
