fun main() {
    val words = generateSequence(::readLine).flatMap { it.split(" ").asSequence() }.filter { it.isNotEmpty() }
    val counts = words.groupingBy { it }.eachCount()
    for ((word, count) in counts.toList().sortedWith(compareBy({ -it.second }, { it.first }))) {
        println("$count $word")
    }
}
