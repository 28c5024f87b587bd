// What a panic of the core library under test is.
namespace System;

public sealed class PanicException(string message) : Exception(message);
