// Reads a configuration file line by line and says what is wrong with it, and where: lines and columns from 1. Pure;
// whoever calls prints.

using System;
using MinusOne.Efi.Metal.Keys;

namespace MinusOne.Efi.Options;

internal ref struct ConfigurationCheck
{
    private readonly ReadOnlySpan<byte> _text;
    private int _position;

    public ConfigurationCheck(ReadOnlySpan<byte> text)
    {
        _text = text;
        _position = 0;
        Line = Column = 0;
        Problem = ConfigurationProblem.None;
    }

    public int Line { get; private set; }

    public int Column { get; private set; }

    public ConfigurationProblem Problem { get; private set; }

    // What stands before this comment was put there by a tool, and does not count.
    private static ReadOnlySpan<byte> Begin => "#begin"u8;

    // Every key, and before it what its value is: text, a number, a size, an end, a hypervisor, a network, a
    // console, a balloon, a window, a machine's end, exits to record, a keyboard, a picture's size, processors, or
    // a switch.
    private static ReadOnlySpan<byte> Keys =>
        "trun tkind tfile tkernel tbios tinitrd tmodule tcmdline tdisk nentry smemory nvcpus nweight ntimeout nseed"u8 +
        " nlastseed ncount nmenu eexpect yautostart ytogether ytrace yapicv yopenbus ytestdev yrng hhypervisor lnet"u8 +
        " cconsole bballoon yreboot yvga wwindow mend tgdb tsymbols rrecord nprofile tload kkeyboard pscreen"u8 +
        " ymitigations nfault yportable nhostcpus ucpus"u8;

    // The next line with a problem. False: there is none.
    public bool MoveNext()
    {
        while (_position < _text.Length)
        {
            ReadOnlySpan<byte> rest = _text.Slice(_position);
            int length = rest.IndexOf((byte)'\n');
            ReadOnlySpan<byte> line = length < 0 ? rest : rest.Slice(0, length);
            int start = _position;
            _position += line.Length + 1;
            Line = line.SequenceEqual(Begin) ? 0 : Line + 1;
            Problem = Judge(line, start, out int column);
            Column = column + 1;
            if (Problem != ConfigurationProblem.None)
            {
                return true;
            }
        }

        return false;
    }

    private readonly ConfigurationProblem Judge(ReadOnlySpan<byte> line, int start, out int column)
    {
        ReadOnlySpan<byte> words = OptionText.Trim(line);
        column = line.IndexOf(words);
        if (words.IsEmpty || words[0] is (byte)'#' or (byte)';')
        {
            return ConfigurationProblem.None;
        }

        if (words[0] == '[')
        {
            return !Configuration.IsGuest(line, out ReadOnlySpan<byte> name) ? ConfigurationProblem.BadName
                : new Configuration(_text.Slice(0, start)).TryGet(name, out _) ? ConfigurationProblem.SameName
                : ConfigurationProblem.None;
        }

        int equals = line.IndexOf((byte)'=');
        if (equals < 0)
        {
            return ConfigurationProblem.NoEquals;
        }

        ReadOnlySpan<byte> key = OptionText.Trim(line.Slice(0, equals));
        byte kind = KindOf(key);
        if (kind == 0)
        {
            return key.IsEmpty ? ConfigurationProblem.NoKey : ConfigurationProblem.UnknownKey;
        }

        ReadOnlySpan<byte> value = OptionText.ValueOf(line.Slice(equals + 1));
        column = equals + 1 + line.Slice(equals + 1).IndexOf(value);
        return JudgeValue(kind, value);
    }

    private static ConfigurationProblem JudgeValue(byte kind, ReadOnlySpan<byte> value)
    {
        switch (kind)
        {
            case (byte)'n':
                return Number.TryParse(value, out _) ? ConfigurationProblem.None : ConfigurationProblem.NoNumber;
            case (byte)'s':
                bool isSize = Number.TryParseSize(value, out ulong bytes) && bytes != 0 && (bytes & 0xFFF) == 0;
                return isSize ? ConfigurationProblem.None : ConfigurationProblem.NoSize;
            case (byte)'e':
                return ExpectedEnd.TryParse(value, out _, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoEnd;
            case (byte)'h':
                return HypervisorKinds.TryParse(value, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoHypervisor;
            case (byte)'l':
                return NetworkName.TryParse(value, out _) ? ConfigurationProblem.None : ConfigurationProblem.NoNetwork;
            case (byte)'c':
                return ConsoleName.TryParse(value, out _) ? ConfigurationProblem.None : ConfigurationProblem.NoConsole;
            case (byte)'b':
                return BalloonSize.TryParse(value, out _, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoBalloon;
            case (byte)'w':
                return WindowSize.TryParse(value, out _, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoWindow;
            case (byte)'p':
                return WindowSize.TryParse(value, out _, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoPicture;
            case (byte)'m':
                return MachineEnds.TryParse(value, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoMachineEnd;
            case (byte)'k':
                return KeyLayouts.IsChoice(value) ? ConfigurationProblem.None : ConfigurationProblem.NoKeyboard;
            case (byte)'r':
                return RecordOption.TryParse(value, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoExits;
            case (byte)'u':
                return ProcessorSet.TryParse(value, out _)
                    ? ConfigurationProblem.None
                    : ConfigurationProblem.NoProcessors;
            case (byte)'y':
                bool isSwitch = value.SequenceEqual("yes"u8) || value.SequenceEqual("no"u8)
                    || value.SequenceEqual("on"u8) || value.SequenceEqual("off"u8);
                return isSwitch ? ConfigurationProblem.None : ConfigurationProblem.NoYesOrNo;
            default:
                return ConfigurationProblem.None;
        }
    }

    // 0: there is no such key.
    private static byte KindOf(ReadOnlySpan<byte> key)
    {
        foreach (ReadOnlySpan<byte> known in new WordList(Keys))
        {
            if (known.Slice(1).SequenceEqual(key))
            {
                return known[0];
            }
        }

        return 0;
    }
}
