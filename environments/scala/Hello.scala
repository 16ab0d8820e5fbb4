object Hello extends App {
  println("Hello, world!")
}
