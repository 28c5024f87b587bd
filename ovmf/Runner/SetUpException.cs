// A run that cannot begin. The message is the one line the user sees: the cause and, after a semicolon, the way out.

using System;

namespace MinusOne.Ovmf.Runner;

internal sealed class SetUpException(string message) : Exception(message);
