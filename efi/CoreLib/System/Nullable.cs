// A value or none: `T?`. Without boxing there is nothing more to it.
namespace System;

public readonly struct Nullable<T>
    where T : struct
{
    private readonly bool _hasValue;
    private readonly T _value;

    public Nullable(T value)
    {
        _hasValue = true;
        _value = value;
    }

    public bool HasValue => _hasValue;

    public T Value
    {
        get
        {
            if (!_hasValue)
            {
                Panic.NoValue();
            }

            return _value;
        }
    }

    public T GetValueOrDefault() => _value;

    public T GetValueOrDefault(T defaultValue) => _hasValue ? _value : defaultValue;

    public static implicit operator Nullable<T>(T value) => new Nullable<T>(value);

    public static explicit operator T(Nullable<T> value) => value.Value;
}
