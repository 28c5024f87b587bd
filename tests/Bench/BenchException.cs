// Something that keeps a measurement from being made, in one sentence.

using System;

namespace MinusOne.Tests.Bench;

internal sealed class BenchException(string message) : Exception(message);
