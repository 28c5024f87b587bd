// What searching asks of an element. A constraint only: a call through it is a direct call of the element's Equals.
namespace System;

public interface IEquatable<T>
{
    bool Equals(T other);
}
