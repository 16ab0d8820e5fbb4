import '../../support/on-postgres.ts'
import '../artifacts.test.ts'
